package io.tollgate.schemas;

import org.apache.avro.Schema;

/**
 * Schemas by their registry ids, both ways. Thread-safe; answers are cached, since ids never change
 * their meaning.
 */
public interface SchemaIds {
  /**
   * The id of a schema under a subject, registering it where it is new.
   *
   * @throws IncompatibleSchema if the registry refuses it as incompatible with earlier versions
   * @throws RegistryUnavailable if the registry did not answer within the bound
   */
  int idOf(String subject, Schema schema);

  /**
   * The schema with an id.
   *
   * @throws MalformedRecord if the registry has none with that id
   * @throws RegistryUnavailable if the registry did not answer within the bound
   */
  Schema schemaOf(int id);
}
