package io.tollgate.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a contender's process holds.
 *
 * @param heapBytes in use after a collection
 * @param stores bytes on disk by the name of the store's folder
 */
record Gauge(long heapBytes, Map<String, Long> stores) {
  /** Of Kafka Streams, with a folder per store. */
  private static final String STORES = "rocksdb";

  /** Ours, with a file of all stores per task. */
  static final String COMMITTED = "committed";

  static final String DEDUP = "dedup";

  Gauge {
    stores = Map.copyOf(stores);
  }

  /** Of this process, whose stores are somewhere under this folder. */
  static Gauge take(Path state) throws IOException {
    System.gc();
    long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    return new Gauge(heap, disk(state));
  }

  /** Bytes under a folder by store. */
  static Map<String, Long> disk(Path state) throws IOException {
    Map<String, Long> stores = new TreeMap<>();
    try (Stream<Path> all = Files.walk(state)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        stores.merge(store(state.relativize(file)), file.toFile().length(), Long::sum);
      }
    }
    return stores;
  }

  /** The folder of a store, or of the dedup memory. */
  private static String store(Path file) {
    for (int i = 0; i + 1 < file.getNameCount(); i++) {
      String name = file.getName(i).toString();
      if (name.equals(STORES) && i + 2 < file.getNameCount()) {
        return file.getName(i + 1).toString();
      }
      if (name.equals(COMMITTED)) {
        return COMMITTED;
      }
      if (name.equals(DEDUP)) {
        return DEDUP;
      }
    }
    return "other";
  }

  long diskBytes() {
    return stores.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Of the store of this name; 0 if there is none. */
  long diskBytes(String store) {
    return stores.getOrDefault(store, 0L);
  }

  /** One line without line breaks. */
  String toLine() {
    return heapBytes
        + stores.entrySet().stream()
            .map(store -> " " + store.getKey() + "=" + store.getValue())
            .collect(Collectors.joining());
  }

  static Gauge fromLine(String line) {
    String[] words = line.split(" ", -1);
    Map<String, Long> stores = new TreeMap<>();
    for (int i = 1; i < words.length; i++) {
      int equals = words[i].indexOf('=');
      stores.put(words[i].substring(0, equals), Long.parseLong(words[i].substring(equals + 1)));
    }
    return new Gauge(Long.parseLong(words[0]), stores);
  }
}
