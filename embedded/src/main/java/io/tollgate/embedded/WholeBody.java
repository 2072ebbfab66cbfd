package io.tollgate.embedded;

import com.sun.net.httpserver.HttpExchange;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A request's body that ends where its length says. The HTTP server lets it end early when the
 * client dies, and what a killed client had sent of an INSERT by then can be a valid INSERT of
 * fewer rows. (A chunked body's missing end it does notice.)
 */
final class WholeBody extends FilterInputStream {
  private static final long UNKNOWN = -1;

  private long left;

  WholeBody(HttpExchange exchange) {
    super(exchange.getRequestBody());
    left = length(exchange.getRequestHeaders().getFirst("Content-Length"));
  }

  private static long length(@Nullable String header) {
    return header == null ? UNKNOWN : Long.parseLong(header);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    int read = super.read(bytes, offset, length);
    if (read < 0 && left > 0) {
      throw new EOFException("The client ended with " + left + " bytes of its request missing");
    }
    if (read > 0 && left != UNKNOWN) {
      left -= read;
    }
    return read;
  }
}
