package io.tollgate.http;

/** Answers one kind of request. Runs on a virtual thread and may block. */
@FunctionalInterface
public interface Endpoint {
  /**
   * Answers.
   *
   * @throws io.tollgate.schemas.InvalidInput for a broken rule: 400
   * @throws Refusal for any other answer below 500, and for 503
   */
  Answer answer(Call call);
}
