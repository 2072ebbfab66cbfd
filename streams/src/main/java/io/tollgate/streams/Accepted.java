package io.tollgate.streams;

/** What deduplication lets through: an event to be counted, or a correction that takes effect. */
sealed interface Accepted permits AdmittedEvent, AppliedCorrection {}
