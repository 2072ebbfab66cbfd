package io.tollgate.governance.notify;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A receiver of webhooks on loopback that behaves as it is told to by path, down to the bytes;
 * without being told it answers with 204.
 */
public final class Receiver implements AutoCloseable {
  /** What it does to a request it has read. */
  @FunctionalInterface
  public interface Behaviour {
    void answer(OutputStream out, CountDownLatch closing) throws Exception;
  }

  /** A request as it came. */
  public record Got(String path, Map<String, String> headers, String body) {
    public String header(String name) {
      return headers.getOrDefault(name, "");
    }

    public List<String> signatures() {
      return List.of(header("webhook-signature").split(" ", -1));
    }

    /** The signature as a receiver computes it with what it was told. */
    public String signedBy(String secret) {
      String content = header("webhook-id") + "." + header("webhook-timestamp") + "." + body;
      try {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(
            new SecretKeySpec(
                Base64.getDecoder().decode(secret.substring("whsec_".length())), "HmacSHA256"));
        return "v1,"
            + Base64.getEncoder()
                .encodeToString(mac.doFinal(content.getBytes(StandardCharsets.UTF_8)));
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private final ServerSocket socket;
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private final Map<String, Behaviour> behaviours = new ConcurrentHashMap<>();
  private final List<Got> got = new CopyOnWriteArrayList<>();
  private final List<Socket> open = new CopyOnWriteArrayList<>();
  private final CountDownLatch closing = new CountDownLatch(1);

  public Receiver() throws IOException {
    socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    executor.execute(this::accept);
  }

  public URI url(String path) {
    return URI.create("http://127.0.0.1:" + port() + path);
  }

  public int port() {
    return socket.getLocalPort();
  }

  public Receiver on(String path, Behaviour behaviour) {
    behaviours.put(path, behaviour);
    return this;
  }

  /** What came to a path so far, in order. */
  public List<Got> got(String path) {
    return got.stream().filter(request -> request.path().equals(path)).toList();
  }

  public static Behaviour says(String answer) {
    return (out, closing) -> out.write(answer.getBytes(StandardCharsets.ISO_8859_1));
  }

  public static Behaviour status(int status) {
    return says("HTTP/1.1 " + status + " Said\r\nContent-Length: 0\r\n\r\n");
  }

  /** Byte by byte, each after 100 ms, without an end. */
  public static Behaviour drips(String begin, String drop) {
    return (out, closing) -> {
      out.write(begin.getBytes(StandardCharsets.ISO_8859_1));
      out.flush();
      while (!closing.await(100, TimeUnit.MILLISECONDS)) {
        out.write(drop.getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
      }
    };
  }

  public static Behaviour hangs() {
    return (out, closing) -> closing.await();
  }

  private void accept() {
    while (!socket.isClosed()) {
      try {
        Socket accepted = socket.accept();
        open.add(accepted);
        executor.execute(() -> serve(accepted));
      } catch (SocketException e) {
        if (!socket.isClosed()) {
          throw new UncheckedIOException(e);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private void serve(Socket accepted) {
    try (accepted;
        InputStream in = new BufferedInputStream(accepted.getInputStream())) {
      String path = line(in).split(" ", -1)[1];
      Map<String, String> headers = new TreeMap<>();
      for (String line = line(in); !line.isEmpty(); line = line(in)) {
        String[] parts = line.split(":", 2);
        headers.put(parts[0].toLowerCase(Locale.ROOT), parts[1].strip());
      }
      int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
      got.add(new Got(path, headers, new String(in.readNBytes(length), StandardCharsets.UTF_8)));
      behaviours.getOrDefault(path, status(204)).answer(accepted.getOutputStream(), closing);
      accepted.getOutputStream().flush();
    } catch (Exception e) {
      // The other side went away, which many of these behaviours are there to provoke.
      open.remove(accepted);
    }
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new IOException("the request broke off");
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  @Override
  public void close() throws IOException {
    closing.countDown();
    socket.close();
    for (Socket one : open) {
      one.close();
    }
    executor.close();
  }
}
