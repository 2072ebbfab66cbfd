/**
 * Tells people of alerts: the channels they are sent to, the deliveries that are due, and the
 * sending of webhooks, which never reaches an address that it must not reach.
 */
@NullMarked
package io.tollgate.governance.notify;

import org.jspecify.annotations.NullMarked;
