/** What a start says: how to call it, and when it is up, where it is and what to try first. */

export const HELP = `
  npm start                 everything in one process, embedded Postgres, in-process bus
  npm run start:kafka       every service its own process, a real Kafka broker (Java 17, Maven)

  after \`--\`:
    --reset                 forget database, bus and keys first
    --verbose               services log at level debug
    --help                  this

  settings:
    COUNTERSIGN_PORT        the gateway's port; the services' follow it      4000
    COUNTERSIGN_DATA        database, keys, logs, run.json                   .countersign
    COUNTERSIGN_SEED=none   no demo application
    SMTP_URL, MAIL_FROM     send e-mails for real                            the virtual phone
    SMS_URL, SMS_FROM       send SMS for real, by Twilio's API               the virtual phone
    COUNTERSIGN_KAFKA_LIBS  where Kafka's jars are kept                      .countersign/kafka-libs

  Ctrl-C or SIGTERM ends it, and everything it started.
`;

const tryKafka = (brokers) => `
    the same over Kafka, with nothing of ours:
      echo '{"specversion":"1.0","id":"a-1","source":"/core","type":"patrol.audit-action.recorded.v1","appid":"demo","subject":"dana","data":{"auditActionId":"a-1","name":"ChangeAddress","username":"dana"}}' \\
        | tools/kafka-console-producer --bootstrap-server ${brokers.join(',')} --topic patrol.audit-actions
`;

/** Only this terminal and the run file know the passwords. */
const people = ({ demo }) =>
  demo
    ? `
  To sign in with:
    ${demo.username}, ${demo.mfaUsername}             ${demo.password}   at the demo; ${demo.mfaUsername} has an e-mail address and a phone
    ${demo.admin.username}                   ${demo.admin.password}   at the administration
`
    : '';

const tryRest = ({ gateway, demo }) => `
  Try first (the demo's key stands in run.json as demo.apiKey):
    npm run smoke           the main job, step by step
    an audit action, and the challenge it opens:
      KEY=$(node -p 'JSON.parse(require("fs").readFileSync(process.argv[1])).demo.apiKey' "$RUN")
      curl -u "$KEY:" ${gateway}/apps/${demo.appId}/v1/audit-actions --json '{"name":"ChangeAddress","username":"${demo.username}"}'
      curl -u "$KEY:" '${gateway}/apps/${demo.appId}/v1/challenges?username=${demo.username}'
`;

/** The text of a finished start. */
export function welcome(run, { places, ports }, seconds) {
  const local = `http://localhost:${ports.gateway}`;
  const hints = run.demo ? tryRest(run).replace('"$RUN"', `'${places.runFile}'`) : '';
  return `
  Countersign is up (${seconds.toFixed(1)} s), on loopback only, bus: ${run.bus}.
  SECURITY_PROFILE=development: demo data, and settings that production refuses.

    API, browsable          ${local}/docs
    try every factor        http://demo.localhost:${ports.gateway}/try
    virtual phone           ${local}/phone   every e-mail and SMS it sends, live
    a partner, with SSO     http://demo.localhost:${ports.gateway}/demo/partner
    sign-in, second factor  http://demo.localhost:${ports.gateway}/demo/rp
    administration          ${local}/admin
    ready?                  ${local}/readyz
    keys of the decisions   ${local}/apps/${run.demo?.appId ?? '<app>'}/v1/decisions/jwks.json
    where everything is     ${places.runFile}
    logs                    ${places.logs}
${people(run)}${hints}${run.kafka && run.demo ? tryKafka(run.kafka.brokers) : ''}
  Ctrl-C ends it.
`;
}
