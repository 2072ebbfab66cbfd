package io.tollgate.billing;

import io.tollgate.http.Access;
import io.tollgate.http.QueryParameters;
import io.tollgate.http.Refusal;
import io.tollgate.schemas.InvalidInput;
import io.tollgate.schemas.OrganizationId;
import io.tollgate.schemas.WorkspaceId;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A question for usage or costs of an organization.
 *
 * @param start inclusive, whole seconds
 * @param end exclusive, whole seconds, after the start
 * @param pageStart where this page begins; the start, or the start of a later bucket
 * @param limit buckets on this page
 * @param groupBy what results are told apart by
 * @param only values that count; a dimension without any is not restricted
 * @param hidden workspaces that do not count, because they were deleted
 */
record UsageQuery(
    OrganizationId organization,
    Instant start,
    Instant end,
    BucketWidth width,
    Instant pageStart,
    int limit,
    Set<Dimension> groupBy,
    Map<Dimension, List<String>> only,
    List<String> hidden) {
  private static final String PAGE = "page_";

  /** Parameters that the imitated API has and this one has not; better refused than ignored. */
  private static final List<String> UNSUPPORTED = List.of("user_ids", "batch");

  static final String[] USAGE_PARAMETERS = {
    "start_time",
    "end_time",
    "bucket_width",
    "project_ids",
    "api_key_ids",
    "models",
    "group_by",
    "limit",
    "page",
    "user_ids",
    "batch"
  };
  static final String[] COST_PARAMETERS = {
    "start_time",
    "end_time",
    "bucket_width",
    "project_ids",
    "api_key_ids",
    "group_by",
    "limit",
    "page"
  };
  private static final int MOST_COST_BUCKETS = 180;

  UsageQuery {
    InvalidInput.unless(
        start.isBefore(end),
        "end_time",
        end.getEpochSecond(),
        "must be after start_time " + start.getEpochSecond());
    InvalidInput.unless(
        !pageStart.isBefore(start) && pageStart.isBefore(end),
        "page",
        pageStart,
        "does not belong to this query");
    groupBy = groupBy.isEmpty() ? Set.of() : Set.copyOf(groupBy);
    only = Map.copyOf(only);
    hidden = List.copyOf(hidden);
  }

  /** From the parameters of the usage route. */
  static UsageQuery usage(OrganizationId organization, QueryParameters parameters, Instant now) {
    for (String name : UNSUPPORTED) {
      InvalidInput.unless(
          parameters.list(name).isEmpty(),
          name,
          String.join(",", parameters.list(name)),
          "is not supported here");
    }
    BucketWidth width =
        parameters.text("bucket_width").map(BucketWidth::of).orElse(BucketWidth.DAY);
    return of(
        organization,
        parameters,
        now,
        width,
        parameters
            .wholeNumber("limit", 1, width.mostBuckets())
            .map(Math::toIntExact)
            .orElse(width.usualBuckets()),
        EnumSet.of(Dimension.PROJECT_ID, Dimension.API_KEY_ID, Dimension.MODEL));
  }

  /** From the parameters of the costs route, which knows only days. */
  static UsageQuery costs(OrganizationId organization, QueryParameters parameters, Instant now) {
    parameters
        .text("bucket_width")
        .ifPresent(
            width -> InvalidInput.unless(width.equals("1d"), "bucket_width", width, "must be 1d"));
    return of(
        organization,
        parameters,
        now,
        BucketWidth.DAY,
        parameters
            .wholeNumber("limit", 1, MOST_COST_BUCKETS)
            .map(Math::toIntExact)
            .orElse(BucketWidth.DAY.usualBuckets()),
        EnumSet.of(Dimension.PROJECT_ID, Dimension.API_KEY_ID, Dimension.LINE_ITEM));
  }

  private static UsageQuery of(
      OrganizationId organization,
      QueryParameters parameters,
      Instant now,
      BucketWidth width,
      int limit,
      Set<Dimension> dimensions) {
    long latest = Instant.parse("2262-01-01T00:00:00Z").getEpochSecond();
    Instant start =
        Instant.ofEpochSecond(
            parameters
                .wholeNumber("start_time", 0, latest)
                .orElseThrow(
                    () -> new InvalidInput("start_time", "", "is a required query parameter")));
    Instant end =
        parameters
            .wholeNumber("end_time", 0, latest)
            .map(Instant::ofEpochSecond)
            .orElseGet(() -> Instant.ofEpochSecond(now.getEpochSecond() + 1));
    Map<Dimension, List<String>> only = new EnumMap<>(Dimension.class);
    restrict(only, Dimension.PROJECT_ID, parameters.list("project_ids"));
    restrict(only, Dimension.API_KEY_ID, parameters.list("api_key_ids"));
    restrict(only, Dimension.MODEL, parameters.list("models"));
    return new UsageQuery(
        organization,
        start,
        end,
        width,
        parameters.text("page").map(UsageQuery::pageStart).orElse(start),
        limit,
        Dimension.of(parameters.list("group_by"), dimensions),
        only,
        List.of());
  }

  /**
   * The same question for what the caller may see.
   *
   * @throws Refusal 404 if it names a workspace that is not among them
   */
  UsageQuery within(Access.Reach reach) {
    if (reach.all()) {
      return this;
    }
    List<String> asked = only.getOrDefault(Dimension.PROJECT_ID, List.of());
    for (String id : asked) {
      if (reach.some().stream().noneMatch(one -> one.value().equals(id))) {
        throw Refusal.notFound("project_ids", id);
      }
    }
    Map<Dimension, List<String>> narrowed = new EnumMap<>(Dimension.class);
    narrowed.putAll(only);
    if (asked.isEmpty()) {
      narrowed.put(
          Dimension.PROJECT_ID, reach.some().stream().map(WorkspaceId::value).sorted().toList());
    }
    return new UsageQuery(
        organization, start, end, width, pageStart, limit, groupBy, narrowed, hidden);
  }

  /**
   * The same question for whom these workspaces are hidden from.
   *
   * @throws Refusal 404 if it names one of them
   */
  UsageQuery without(Set<String> workspaces) {
    for (String id : only.getOrDefault(Dimension.PROJECT_ID, List.of())) {
      if (workspaces.contains(id)) {
        throw Refusal.notFound("project_ids", id);
      }
    }
    List<String> sorted = workspaces.stream().sorted().toList();
    return new UsageQuery(organization, start, end, width, pageStart, limit, groupBy, only, sorted);
  }

  private static void restrict(
      Map<Dimension, List<String>> only, Dimension dimension, List<String> values) {
    if (!values.isEmpty()) {
      only.put(dimension, List.copyOf(values));
    }
  }

  private static Instant pageStart(String page) {
    InvalidInput unknown = new InvalidInput("page", page, "must be a next_page of this query");
    if (!page.startsWith(PAGE)) {
      throw unknown;
    }
    try {
      String seconds =
          new String(
              Base64.getUrlDecoder().decode(page.substring(PAGE.length())),
              StandardCharsets.US_ASCII);
      return Instant.ofEpochSecond(Long.parseLong(seconds));
    } catch (IllegalArgumentException | DateTimeException e) {
      throw unknown;
    }
  }

  /** A time bucket, cut to what was asked for. */
  record Bucket(Instant start, Instant end) {}

  /** The buckets of this page, ascending; at least one. */
  List<Bucket> buckets() {
    List<Bucket> buckets = new ArrayList<>();
    Instant from = pageStart;
    while (from.isBefore(end) && buckets.size() < limit) {
      Instant next = width.floor(from).plusSeconds(width.seconds());
      buckets.add(new Bucket(from, next.isBefore(end) ? next : end));
      from = next;
    }
    return buckets;
  }

  /** Where this page ends, exclusive. */
  Instant pageEnd() {
    return buckets().getLast().end();
  }

  /** The name of the next page, if there is one. */
  Optional<String> nextPage() {
    Instant next = pageEnd();
    if (!next.isBefore(end)) {
      return Optional.empty();
    }
    byte[] seconds = Long.toString(next.getEpochSecond()).getBytes(StandardCharsets.US_ASCII);
    return Optional.of(PAGE + Base64.getUrlEncoder().withoutPadding().encodeToString(seconds));
  }
}
