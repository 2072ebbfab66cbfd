-- What only the imitated API's spend alerts have beside being soft monthly budgets.
CREATE TABLE spend_alerts (
    budget_id      text PRIMARY KEY REFERENCES budgets,
    recipients     text[] NOT NULL,
    subject_prefix text
);
