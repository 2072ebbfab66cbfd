package io.tollgate.embedded;

/** What a {@link LocalStack} is made of. */
public enum Part {
  KAFKA,
  POSTGRES,
  /** Keeps its schemas in PostgreSQL, and so brings {@link #POSTGRES} along. */
  REGISTRY,
  CLICKHOUSE
}
