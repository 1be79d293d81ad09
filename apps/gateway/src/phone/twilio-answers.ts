/** What Twilio calls a problem. */
export interface SmsProblem {
  code: number;
  message: string;
}

/** Twilio's message resource, as it answers 201: queued, nothing known yet about its way. */
export const answerOf = (message: {
  id: string;
  sid: string;
  from: string;
  to: string;
  body: string;
  at: Date;
}) => {
  const { id, sid, from, to, body, at } = message;
  const service = from.startsWith('MG') ? from : null;
  return {
    sid: id,
    account_sid: sid,
    api_version: '2010-04-01',
    body,
    date_created: at.toUTCString().replace('GMT', '+0000'),
    date_sent: null,
    date_updated: at.toUTCString().replace('GMT', '+0000'),
    direction: 'outbound-api',
    error_code: null,
    error_message: null,
    from: service === null ? from : null,
    messaging_service_sid: service,
    num_media: '0',
    num_segments: String(Math.ceil(body.length / (body.length > 160 ? 153 : 160))),
    price: null,
    price_unit: 'USD',
    status: 'queued',
    subresource_uris: { media: `/2010-04-01/Accounts/${sid}/Messages/${id}/Media.json` },
    tags: null,
    to,
    uri: `/2010-04-01/Accounts/${sid}/Messages/${id}.json`,
  };
};
