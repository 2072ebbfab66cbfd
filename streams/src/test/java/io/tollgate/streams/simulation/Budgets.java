package io.tollgate.streams.simulation;

import io.tollgate.schemas.Topics;
import io.tollgate.schemas.avro.Budget;
import io.tollgate.schemas.avro.ScopeKind;
import io.tollgate.schemas.avro.SubjectKind;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** Publishes budgets and their edits as governance does. */
final class Budgets {
  private static final List<String> PERIODS =
      List.of("day", "week", "month", "quarter", "year", "total");
  private static final int THRESHOLD_SCALE = 6;
  private static final int MONEY_SCALE = 12;

  private final World world;
  private final Dice dice;
  private final List<Budget> budgets = new ArrayList<>();
  private int ids;

  Budgets(World world, Dice dice) {
    this.world = world;
    this.dice = dice;
    for (int i = 0; i < 4; i++) {
      add();
    }
  }

  void add() {
    World.Key key = dice.any(world.keys());
    ScopeKind scope = dice.of(ScopeKind.values());
    SubjectKind subject = dice.percent(30) ? dice.of(SubjectKind.values()) : null;
    String period = dice.any(PERIODS);
    Budget budget =
        Budget.newBuilder()
            .setBudgetId("budget-" + ids)
            .setOrganizationId(key.organization())
            .setScope(scope)
            .setWorkspaceId(scope == ScopeKind.WORKSPACE ? key.workspace() : null)
            .setApiKeyId(scope == ScopeKind.API_KEY ? key.id() : null)
            .setName("Budget " + ids++)
            .setAmount(amount())
            .setCurrency(key.currency())
            .setSubjectKind(subject)
            .setSubject(subject == null ? null : subject(subject))
            .setPeriod(period)
            .setAnchorDay(anchor(period))
            .setThresholds(thresholds())
            .setHard(dice.percent(50))
            .setVersion(1)
            .build();
    budgets.add(budget);
    publish(budget);
  }

  void edit() {
    int index = dice.below(budgets.size());
    Budget before = budgets.get(index);
    Budget.Builder edited = Budget.newBuilder(before).setVersion(before.getVersion() + 1);
    if (dice.percent(70)) {
      edited.setAmount(amount());
    }
    if (dice.percent(50)) {
      edited.setThresholds(thresholds());
    }
    if (dice.percent(20)) {
      String period = dice.any(PERIODS);
      edited.setPeriod(period).setAnchorDay(anchor(period));
    }
    Budget budget = edited.build();
    budgets.set(index, budget);
    publish(budget);
  }

  /** Deletes one; false if too few are left. */
  boolean delete() {
    if (budgets.size() < 3) {
      return false;
    }
    Budget budget = budgets.remove(dice.below(budgets.size()));
    world.publish(Topics.BUDGETS, budget.getBudgetId(), null);
    return true;
  }

  private String subject(SubjectKind kind) {
    return switch (kind) {
      case USER -> "user-" + dice.below(4);
      case MODEL -> dice.any(Prices.PRICED);
      case FEATURE -> "feature-" + dice.below(3);
    };
  }

  private int anchor(String period) {
    return switch (period) {
      case "day", "total" -> 1;
      case "week" -> dice.below(7) + 1;
      default -> dice.percent(50) ? 1 : dice.below(31) + 1;
    };
  }

  private void publish(Budget budget) {
    world.publish(Topics.BUDGETS, budget.getBudgetId(), budget);
  }

  /** From cents to hundreds, so that some are crossed at once and some never. */
  private BigDecimal amount() {
    long micros = dice.between(1, 100) * dice.of(10_000L, 100_000L, 1_000_000L, 10_000_000L);
    return BigDecimal.valueOf(micros, 6).setScale(MONEY_SCALE);
  }

  private List<BigDecimal> thresholds() {
    TreeSet<BigDecimal> thresholds = new TreeSet<>();
    int count = dice.below(3) + 1;
    for (int i = 0; i < count; i++) {
      thresholds.add(
          dice.of("0.5", "0.8", "0.9", "1", "1.2").equals("1")
              ? new BigDecimal("1.000000")
              : BigDecimal.valueOf(dice.between(1, 150) * 10_000, THRESHOLD_SCALE));
    }
    return new ArrayList<>(thresholds);
  }
}
