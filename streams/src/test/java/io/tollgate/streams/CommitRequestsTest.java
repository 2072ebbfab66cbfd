package io.tollgate.streams;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.junit.jupiter.api.Test;

class CommitRequestsTest {
  private final MockProcessorContext<String, String> context = new MockProcessorContext<>();
  private final CommitRequests requests;

  CommitRequestsTest() {
    context.setCurrentSystemTimeMs(10_000);
    requests = new CommitRequests(context, Duration.ofMillis(100));
    context.setCurrentSystemTimeMs(10_100);
  }

  private boolean committedAt(long millis) {
    context.setCurrentSystemTimeMs(millis);
    context.scheduledPunctuators().getFirst().getPunctuator().punctuate(millis);
    boolean committed = context.committed();
    context.resetCommit();
    return committed;
  }

  @Test
  void theFirstOfATaskWaitsForTheDistance() {
    requests.ask();
    assertThat(context.committed()).isFalse();
    assertThat(committedAt(10_199)).isFalse();
    assertThat(committedAt(10_200)).isTrue();
  }

  @Test
  void commitsAtOnceWhenTheLastCommitIsFarEnough() {
    requests.committed();
    assertThat(committedAt(10_200)).as("before anything was asked").isFalse();
    requests.ask();
    assertThat(context.committed()).isTrue();
  }

  @Test
  void whatComesSoonAfterWaitsAndIsCommittedOnce() {
    requests.committed();
    context.setCurrentSystemTimeMs(10_140);
    requests.ask();
    requests.ask();
    assertThat(context.committed()).isFalse();
    assertThat(committedAt(10_199)).isFalse();
    assertThat(committedAt(10_200)).isTrue();
    requests.committed();
    assertThat(committedAt(10_300)).as("nothing is left to be told").isFalse();
  }

  @Test
  void aCommitForAnotherReasonIsAsGood() {
    requests.committed();
    context.setCurrentSystemTimeMs(10_140);
    requests.ask();
    requests.committed();
    assertThat(committedAt(10_240)).isFalse();
  }
}
