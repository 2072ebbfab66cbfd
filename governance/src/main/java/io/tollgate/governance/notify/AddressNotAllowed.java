package io.tollgate.governance.notify;

import java.net.UnknownHostException;

/** A name has no address that may be connected to. */
final class AddressNotAllowed extends UnknownHostException {
  private static final long serialVersionUID = 1L;

  AddressNotAllowed(String message) {
    super(message);
  }
}
