package io.tollgate.streams.simulation;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.BatchingStateRestoreCallback;
import org.apache.kafka.streams.processor.StateRestoreCallback;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.processor.internals.InternalTopologyBuilder;
import org.apache.kafka.streams.processor.internals.ProcessorNode;
import org.apache.kafka.streams.processor.internals.ProcessorStateManager;
import org.apache.kafka.streams.processor.internals.ProcessorTopology;
import org.apache.kafka.streams.processor.internals.RecordBatchingStateRestoreCallback;
import org.apache.kafka.streams.processor.internals.SourceNode;

/**
 * What Kafka Streams 4.3.1 keeps to itself and a simulation needs: the builder behind a topology,
 * the restore callbacks of a task's stores. Reached by reflection, in this class only.
 */
final class StreamsInternals {
  private static final Field BUILDER = field(Topology.class, "internalTopologyBuilder");
  private static final Field NODES = field(InternalTopologyBuilder.class, "nodeFactories");
  private static final Field PROCESSOR = field(ProcessorNode.class, "processor");
  private static final Field STORES = field(ProcessorStateManager.class, "stores");

  private StreamsInternals() {}

  static InternalTopologyBuilder builder(Topology topology) {
    return (InternalTopologyBuilder) get(BUILDER, topology);
  }

  /** Puts something around a processor. */
  static void wrapProcessor(
      InternalTopologyBuilder builder,
      String node,
      UnaryOperator<Processor<Object, Object, Object, Object>> wrapper) {
    Object factory = ((Map<?, ?>) get(NODES, builder)).get(node);
    if (factory == null) {
      throw new IllegalArgumentException("there is no node " + node);
    }
    Field supplierField = field(factory.getClass(), "supplier");
    @SuppressWarnings("unchecked")
    ProcessorSupplier<Object, Object, Object, Object> supplier =
        (ProcessorSupplier<Object, Object, Object, Object>) get(supplierField, factory);
    ProcessorSupplier<Object, Object, Object, Object> wrapped = () -> wrapper.apply(supplier.get());
    set(supplierField, factory, wrapped);
  }

  /** The processors of the global tables, by the topic each reads. */
  @SuppressWarnings("unchecked")
  static Map<String, Processor<Object, Object, Void, Void>> globalProcessors(
      InternalTopologyBuilder builder) {
    Map<String, Processor<Object, Object, Void, Void>> processors = new TreeMap<>();
    ProcessorTopology global = builder.buildGlobalStateTopology();
    for (String topic : global.sourceTopics()) {
      SourceNode<?, ?> source = global.source(topic);
      processors.put(
          topic,
          (Processor<Object, Object, Void, Void>)
              get(PROCESSOR, source.children().iterator().next()));
    }
    return processors;
  }

  /**
   * Feeds every store of a task what is committed in its changelog, from where its own files, if it
   * has any, say that they end.
   */
  static void restore(ProcessorStateManager manager, SimulatedBroker broker) {
    for (Object store : ((Map<?, ?>) get(STORES, manager)).values()) {
      Object partition = get(field(store.getClass(), "changelogPartition"), store);
      if (partition instanceof TopicPartition changelog) {
        Object callback = get(field(store.getClass(), "restoreCallback"), store);
        Long known = (Long) get(field(store.getClass(), "offset"), store);
        List<SimulatedBroker.Entry> rest = new ArrayList<>();
        for (SimulatedBroker.Entry entry :
            broker.log(changelog.topic(), changelog.partition()).entries()) {
          if (known == null || entry.offset() > known) {
            rest.add(entry);
          }
        }
        restore(rest, callback);
      }
    }
  }

  private static void restore(List<SimulatedBroker.Entry> changelog, Object callback) {
    if (callback instanceof RecordBatchingStateRestoreCallback batches) {
      List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
      for (SimulatedBroker.Entry entry : changelog) {
        records.add(SimulatedTask.record(entry));
      }
      batches.restoreBatch(records);
    } else if (callback instanceof BatchingStateRestoreCallback batches) {
      batches.restoreAll(
          changelog.stream().map(entry -> KeyValue.pair(entry.key(), entry.value())).toList());
    } else {
      for (SimulatedBroker.Entry entry : changelog) {
        ((StateRestoreCallback) callback).restore(entry.key(), entry.value());
      }
    }
  }

  private static Field field(Class<?> type, String name) {
    for (Class<?> one = type; one != null; one = one.getSuperclass()) {
      for (Field field : one.getDeclaredFields()) {
        if (field.getName().equals(name)) {
          field.setAccessible(true);
          return field;
        }
      }
    }
    throw new IllegalStateException(type + " has no field " + name + " in this version");
  }

  private static Object get(Field field, Object of) {
    try {
      return field.get(of);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(field + " cannot be read", e);
    }
  }

  private static void set(Field field, Object of, Object value) {
    try {
      field.set(of, value);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(field + " cannot be set", e);
    }
  }
}
