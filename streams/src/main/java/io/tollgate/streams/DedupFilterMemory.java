package io.tollgate.streams;

import java.io.Closeable;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Memory of a {@link DedupFilter} beside the heap, in pages of {@value #PAGE_BYTES} bytes cut from
 * chunks of {@link HugePages}. A page that is given back is handed out again; chunks are freed all
 * together. What nobody has written to takes no memory.
 */
final class DedupFilterMemory implements Closeable {
  static final int PAGE_BYTES = 256 * 1024;

  private static final long CHUNK_BYTES = 16 * HugePages.BYTES;

  private final Deque<MemorySegment> free = new ArrayDeque<>();
  private final List<Arena> chunks = new ArrayList<>();

  /** A page of zeros. */
  MemorySegment page() {
    if (free.isEmpty()) {
      Arena arena = Arena.ofShared();
      MemorySegment chunk = HugePages.allocate(arena, CHUNK_BYTES);
      chunks.add(arena);
      // In ascending order, so that a huge page is used up before the next is begun.
      for (long at = 0; at < CHUNK_BYTES; at += PAGE_BYTES) {
        free.add(chunk.asSlice(at, PAGE_BYTES));
      }
    }
    return free.remove().fill((byte) 0);
  }

  void giveBack(MemorySegment page) {
    free.addFirst(page);
  }

  /** Handed out, or given back and waiting to be. */
  long bytes() {
    return chunks.size() * CHUNK_BYTES;
  }

  @Override
  public void close() {
    free.clear();
    chunks.forEach(Arena::close);
    chunks.clear();
  }
}
