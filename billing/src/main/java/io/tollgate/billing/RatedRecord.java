package io.tollgate.billing;

/**
 * A record of usage.rated as it lies in the log.
 *
 * @param ratedAtMillis its LogAppendTime, milliseconds since the epoch
 */
record RatedRecord(int partition, long offset, long ratedAtMillis, byte[] value) {}
