/**
 * What every part of governance stands on: the database, a change as one transaction with its
 * outbox and audit rows, the relay, and the rules that inputs share.
 */
@NullMarked
package io.tollgate.governance.store;

import org.jspecify.annotations.NullMarked;
