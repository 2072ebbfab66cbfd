package io.tollgate.billing;

/**
 * A record as it lies in the log that is landed.
 *
 * @param appendedAtMillis its LogAppendTime, milliseconds since the epoch
 */
record LogRecord(int partition, long offset, long appendedAtMillis, byte[] value) {}
