package io.tollgate.schemas;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.Schema;

/**
 * Ids handed out within one process, for what never leaves it: topology tests, benchmarks and
 * internal state. Ids follow from the schema text, so that two of these agree.
 */
public final class LocalSchemaIds implements SchemaIds {
  private final Map<Integer, Schema> schemas = new ConcurrentHashMap<>();

  @Override
  public int idOf(String subject, Schema schema) {
    int id = schema.toString().hashCode() & Integer.MAX_VALUE;
    schemas.put(id, schema);
    return id;
  }

  @Override
  public Schema schemaOf(int id) {
    Schema schema = schemas.get(id);
    if (schema == null) {
      throw new MalformedRecord("schema id " + id + " is not known here");
    }
    return schema;
  }
}
