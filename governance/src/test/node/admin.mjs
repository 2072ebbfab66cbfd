// Drives the admin routes by the client as it is published, and prints what it got as one JSON object.
// Arguments: the base URL. Environment: OPENAI_ADMIN_KEY.
import OpenAI from 'openai';

const client = new OpenAI({
  adminAPIKey: process.env.OPENAI_ADMIN_KEY,
  baseURL: process.argv[2],
  maxRetries: 0,
});
const { organization } = client.admin;
const { projects } = organization;

async function all(pages) {
  const found = [];
  for await (const one of pages) found.push(one);
  return found;
}

const project = await projects.create({ name: 'Chat' });
const account = await projects.serviceAccounts.create(project.id, { name: 'robot' });
const keys = await all(projects.apiKeys.list(project.id));
const keyDeleted = await projects.apiKeys.delete(account.api_key.id, { project_id: project.id });
const keysLeft = await all(projects.apiKeys.list(project.id));

const invite = await organization.invites.create({
  email: 'ada@example.com',
  role: 'reader',
  projects: [{ id: project.id, role: 'member' }],
});
const invites = await all(organization.invites.list());
const inviteDeleted = await organization.invites.delete(invite.id);

const [person] = await all(organization.users.list({ emails: ['grace@example.com'] }));
const changed = await organization.users.update(person.id, { role: 'owner' });
const changedBack = await organization.users.update(person.id, { role: 'reader' });

const spendLimit = await organization.spendLimit.update({
  currency: 'USD',
  interval: 'month',
  threshold_amount: 12345,
});
const spendLimitRead = await organization.spendLimit.retrieve();
const spendAlert = await organization.spendAlerts.create({
  currency: 'USD',
  interval: 'month',
  threshold_amount: 10000,
  notification_channel: { type: 'email', recipients: ['finance@example.com'] },
});
const spendAlerts = await all(organization.spendAlerts.list());
const spendAlertDeleted = await organization.spendAlerts.delete(spendAlert.id);
const spendLimitDeleted = await organization.spendLimit.delete();

const [limitBefore] = await all(projects.rateLimits.listRateLimits(project.id));
const rateLimit = await projects.rateLimits.updateRateLimit(limitBefore.id, {
  project_id: project.id,
  max_requests_per_1_minute: 60,
});

const logs = await all(organization.auditLogs.list({ limit: 5 }));

let refused;
try {
  await projects.retrieve('nowhere');
} catch (e) {
  refused = { type: e.constructor.name, status: e.status, code: e.code, param: e.param };
}

console.log(
  JSON.stringify({
    project,
    projects: await all(projects.list()),
    account,
    keys,
    keyDeleted,
    keysLeft,
    invite,
    invites,
    inviteDeleted,
    person,
    changed,
    changedBack,
    spendLimit,
    spendLimitRead,
    spendAlert,
    spendAlerts,
    spendAlertDeleted,
    spendLimitDeleted,
    limitBefore,
    rateLimit,
    logs,
    refused,
  }),
);
