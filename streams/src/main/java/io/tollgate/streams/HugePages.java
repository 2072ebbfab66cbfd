package io.tollgate.streams;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Memory of the C library for which Linux is asked for huge pages: what is read at random over
 * hundreds of megabytes otherwise costs a walk through the processor's page tables per look, over
 * and above the cache miss.
 *
 * <p>It is a wish, which changes nothing but time. Where there is no such call the memory is of the
 * arena's own.
 */
final class HugePages {
  static final long BYTES = 2L * 1024 * 1024;

  /** MADV_HUGEPAGE in Linux' asm-generic/mman-common.h. */
  private static final int ADVICE = 14;

  private static final ValueLayout.OfLong SIZE = ValueLayout.JAVA_LONG;
  private static final Logger LOG = LoggerFactory.getLogger(HugePages.class);
  private static final Optional<HugePages> SUPPORTED = bind();

  private final MethodHandle allocate;
  private final MethodHandle advise;
  private final MethodHandle free;

  private HugePages(Linker linker) {
    allocate =
        function(linker, "aligned_alloc", FunctionDescriptor.of(ValueLayout.ADDRESS, SIZE, SIZE));
    advise =
        function(
            linker,
            "madvise",
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT, ValueLayout.ADDRESS, SIZE, ValueLayout.JAVA_INT));
    free = function(linker, "free", FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));
  }

  private static MethodHandle function(Linker linker, String name, FunctionDescriptor descriptor) {
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor);
  }

  private static Optional<HugePages> bind() {
    boolean isLinux = System.getProperty("os.name", "").equals("Linux");
    if (!isLinux || ValueLayout.ADDRESS.byteSize() != SIZE.byteSize()) {
      return Optional.empty();
    }
    try {
      return Optional.of(new HugePages(Linker.nativeLinker()));
    } catch (RuntimeException e) {
      LOG.info("the dedup filter does without huge pages: {}", e.toString());
      return Optional.empty();
    }
  }

  /**
   * Allocates memory that is freed with the arena. What is in it is not said.
   *
   * @param bytes a multiple of {@link #BYTES}
   * @throws OutOfMemoryError if there is none
   */
  static MemorySegment allocate(Arena arena, long bytes) {
    return SUPPORTED
        .map(supported -> supported.advised(arena, bytes))
        .orElseGet(() -> arena.allocate(bytes, BYTES));
  }

  private MemorySegment advised(Arena arena, long bytes) {
    MemorySegment address;
    int refused;
    try {
      address = (MemorySegment) allocate.invokeExact(BYTES, bytes);
      if (address.address() == 0) {
        throw new OutOfMemoryError(bytes + " bytes for the dedup filter");
      }
      refused = (int) advise.invokeExact(address, bytes, ADVICE);
    } catch (Throwable e) {
      throw unexpected(e);
    }
    if (refused != 0) {
      LOG.debug("no huge pages for the dedup filter");
    }
    return address.reinterpret(bytes, arena, this::release);
  }

  private void release(MemorySegment address) {
    try {
      free.invokeExact(address);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Calls into C throw nothing but errors of the JVM. */
  private static RuntimeException unexpected(Throwable e) {
    if (e instanceof Error error) {
      throw error;
    }
    return new IllegalStateException(e);
  }
}
