package io.tollgate.governance;

import static org.assertj.core.api.Assertions.assertThat;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.models.admin.organization.auditlogs.AuditLogListParams;
import com.openai.models.admin.organization.auditlogs.AuditLogListResponse;
import com.openai.models.admin.organization.invites.Invite;
import com.openai.models.admin.organization.invites.InviteCreateParams;
import com.openai.models.admin.organization.projects.Project;
import com.openai.models.admin.organization.projects.ProjectCreateParams;
import com.openai.models.admin.organization.projects.apikeys.ApiKeyDeleteParams;
import com.openai.models.admin.organization.projects.apikeys.ProjectApiKey;
import com.openai.models.admin.organization.projects.ratelimits.ProjectRateLimit;
import com.openai.models.admin.organization.projects.ratelimits.RateLimitUpdateRateLimitParams;
import com.openai.models.admin.organization.projects.serviceaccounts.ServiceAccountCreateParams;
import com.openai.models.admin.organization.projects.serviceaccounts.ServiceAccountCreateResponse;
import com.openai.models.admin.organization.spendalerts.OrganizationSpendAlert;
import com.openai.models.admin.organization.spendalerts.SpendAlertCreateParams;
import com.openai.models.admin.organization.spendlimit.OrganizationSpendLimit;
import com.openai.models.admin.organization.spendlimit.SpendLimitUpdateParams;
import com.openai.models.admin.organization.users.OrganizationUser;
import com.openai.models.admin.organization.users.UserUpdateParams;
import com.openai.services.blocking.admin.OrganizationService;
import io.tollgate.schemas.Topics;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * The admin routes as {@code openai-java} drives them, unchanged: each answer passes its own {@code
 * validate()}.
 */
@ExtendWith(SharedStack.class)
class OpenAiClientIT {
  @TempDir private static @Nullable Path folder;
  private static @Nullable RunningGovernance running;
  private static @Nullable OpenAIClient client;
  private static @Nullable Api nobody;

  @BeforeAll
  static void start() throws Exception {
    running = new RunningGovernance(SharedStack.config("openai", Objects.requireNonNull(folder)));
    Api operator = running.operator();
    operator.post(
        "/v1/platform/organizations",
        "{'id':'spoken','name':'N','time_zone':'UTC','currency':'USD',"
            + "'owner':{'email':'alan@example.com','name':'Alan'}}");
    String secret =
        operator
            .post("/v1/platform/organizations/spoken/admin_api_keys", "{'name':'A'}")
            .text("/value");
    nobody = operator.as("nobody's");
    client =
        OpenAIOkHttpClient.builder()
            .baseUrl("http://127.0.0.1:" + operator.port() + "/v1")
            .adminApiKey(secret)
            .responseValidation(true)
            .maxRetries(0)
            .build();
  }

  @AfterAll
  static void stop() {
    Objects.requireNonNull(client).close();
    running().close();
  }

  private static RunningGovernance running() {
    return Objects.requireNonNull(running);
  }

  private static OrganizationService organization() {
    return Objects.requireNonNull(client).admin().organization();
  }

  private static Project project(String name) {
    return organization()
        .projects()
        .create(ProjectCreateParams.builder().name(name).build())
        .validate();
  }

  @Test
  void createsAProjectAndFindsItAgain() {
    Project made = project("Chat");

    assertThat(made.name()).contains("Chat");
    assertThat(organization().projects().retrieve(made.id()).validate().id()).isEqualTo(made.id());
    assertThat(organization().projects().list().autoPager().stream().map(Project::id))
        .contains(made.id());
  }

  @Test
  void readsTheAuditLogPageByPage() {
    List<String> made = List.of(project("One").id(), project("Two").id(), project("Three").id());
    List<AuditLogListResponse> logs =
        organization()
            .auditLogs()
            .list(
                AuditLogListParams.builder()
                    .addEventType(AuditLogListParams.EventType.PROJECT_CREATED)
                    .resourceIds(made)
                    .effectiveAt(AuditLogListParams.EffectiveAt.builder().gte(1).build())
                    .limit(2)
                    .build())
            .autoPager()
            .stream()
            .toList();

    assertThat(logs)
        .extracting(log -> log.validate().projectCreated().orElseThrow().id().orElseThrow())
        .as("newest first")
        .containsExactlyElementsOf(made.reversed());
    assertThat(logs.getFirst().actor().orElseThrow().apiKey()).isPresent();
    assertThat(organization().auditLogs().list().items())
        .isNotEmpty()
        .allSatisfy(log -> assertThat(log.validate().type().known()).isNotNull());
  }

  @Test
  void createsAServiceAccountWithAKeyAndDeletesTheKey() {
    String project = project("Robots").id();
    ServiceAccountCreateResponse account =
        organization()
            .projects()
            .serviceAccounts()
            .create(
                project,
                ServiceAccountCreateParams.builder().projectId(project).name("robot").build())
            .validate();
    String keyId = account.apiKey().orElseThrow().id();
    assertThat(account.apiKey().orElseThrow().value()).startsWith("tg-");

    List<ProjectApiKey> keys =
        organization().projects().apiKeys().list(project).autoPager().stream().toList();
    assertThat(keys).hasSize(1);
    ProjectApiKey key = keys.getFirst().validate();
    assertThat(key.id()).isEqualTo(keyId);
    assertThat(key.owner().serviceAccount().orElseThrow().id()).isEqualTo(account.id());

    assertThat(
            organization()
                .projects()
                .apiKeys()
                .delete(ApiKeyDeleteParams.builder().projectId(project).apiKeyId(keyId).build())
                .validate()
                .deleted())
        .isTrue();
    assertThat(organization().projects().apiKeys().list(project).data()).isEmpty();
    running()
        .published(
            Topics.API_KEYS,
            keyId,
            published -> published.isPresent() && published.get().getValidUntil() != null);
  }

  @Test
  void limitsSpendAndWarns() {
    OrganizationSpendLimit limit =
        organization()
            .spendLimit()
            .update(
                SpendLimitUpdateParams.builder()
                    .currency(SpendLimitUpdateParams.Currency.USD)
                    .interval(SpendLimitUpdateParams.Interval.MONTH)
                    .thresholdAmount(12_345)
                    .build())
            .validate();
    assertThat(limit.thresholdAmount()).isEqualTo(12_345);
    assertThat(limit.enforcement().status().asString()).isEqualTo("inactive");
    assertThat(organization().spendLimit().retrieve().validate().thresholdAmount())
        .isEqualTo(12_345);

    OrganizationSpendAlert alert =
        organization()
            .spendAlerts()
            .create(
                SpendAlertCreateParams.builder()
                    .currency(SpendAlertCreateParams.Currency.USD)
                    .interval(SpendAlertCreateParams.Interval.MONTH)
                    .thresholdAmount(10_000)
                    .notificationChannel(
                        SpendAlertCreateParams.NotificationChannel.builder()
                            .addRecipient("finance@example.com")
                            .build())
                    .build())
            .validate();
    assertThat(organization().spendAlerts().list().autoPager().stream())
        .extracting(OrganizationSpendAlert::id)
        .containsExactly(alert.id());
    running()
        .published(
            Topics.BUDGETS,
            alert.id(),
            budget ->
                budget.isPresent()
                    && !budget.get().getHard()
                    && budget.get().getAmount().intValueExact() == 100);

    assertThat(organization().spendAlerts().delete(alert.id()).validate().deleted()).isTrue();
    assertThat(organization().spendLimit().delete().validate().deleted()).isTrue();
  }

  @Test
  void limitsRates() {
    String project = project("Limited").id();
    ProjectRateLimit before =
        organization().projects().rateLimits().listRateLimits(project).data().getFirst();
    ProjectRateLimit after =
        organization()
            .projects()
            .rateLimits()
            .updateRateLimit(
                RateLimitUpdateRateLimitParams.builder()
                    .projectId(project)
                    .rateLimitId(before.validate().id())
                    .maxRequestsPer1Minute(60)
                    .build())
            .validate();

    assertThat(after.maxRequestsPer1Minute()).isEqualTo(60);
    running()
        .published(
            Topics.LIMITS,
            "spoken/workspace/" + project,
            limit ->
                limit.isPresent()
                    && Optional.ofNullable(limit.get().getRequestsPerMinute())
                        .equals(Optional.of(60L)));
  }

  private static Invite invite(String email) {
    return organization()
        .invites()
        .create(
            InviteCreateParams.builder().email(email).role(InviteCreateParams.Role.READER).build())
        .validate();
  }

  @Test
  void invitesAndRevokes() {
    Invite made = invite("ada@example.com");

    assertThat(made.status()).isEqualTo(Invite.Status.PENDING);
    assertThat(organization().invites().retrieve(made.id()).validate().email())
        .isEqualTo("ada@example.com");
    assertThat(organization().invites().list().autoPager().stream())
        .allSatisfy(Invite::validate)
        .extracting(Invite::id)
        .contains(made.id());
    assertThat(organization().invites().delete(made.id()).validate().deleted()).isTrue();
  }

  @Test
  void changesTheRoleOfWhoAccepted() {
    String token =
        invite("grace@example.com")._additionalProperties().get("token").convert(String.class);
    Objects.requireNonNull(nobody)
        .post("/v1/organization/invites/accept", "{'token':'" + token + "','name':'Grace'}");
    OrganizationUser joined =
        organization().users().list().autoPager().stream()
            .filter(user -> user.validate().email().equals(Optional.of("grace@example.com")))
            .findFirst()
            .orElseThrow();

    assertThat(joined.role()).contains("reader");
    assertThat(role(joined, "owner")).contains("owner");
    assertThat(role(joined, "reader")).contains("reader");
    assertThat(organization().users().delete(joined.id()).validate().deleted()).isTrue();
  }

  private static Optional<String> role(OrganizationUser user, String role) {
    return organization()
        .users()
        .update(user.id(), UserUpdateParams.builder().role(role).build())
        .validate()
        .role();
  }

  @Test
  void readsTheAuditLog() {
    project("Audited");

    assertThat(organization().auditLogs().list().autoPager().stream())
        .isNotEmpty()
        .allSatisfy(AuditLogListResponse::validate)
        .extracting(entry -> entry.type().asString())
        .contains("project.created");
  }
}
