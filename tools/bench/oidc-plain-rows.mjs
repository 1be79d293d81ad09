/** The adapter anybody would write first: a statement for each thing asked of it, a row for each model. */
export const plainRows = (pool) => (type) => ({
  async upsert(id, payload, expiresIn) {
    await pool.query(
      `INSERT INTO bench_oidc (type, id, payload, grant_id, uid, expires_at)
       VALUES ($1, $2, $3, $4, $5, now() + make_interval(secs => $6))
       ON CONFLICT (type, id) DO UPDATE SET payload = excluded.payload, grant_id = excluded.grant_id,
         uid = excluded.uid, expires_at = excluded.expires_at`,
      [type, id, JSON.stringify(payload), payload.grantId ?? null, payload.uid ?? null, expiresIn ?? 86_400],
    );
  },
  find: (id) => one(pool, 'type = $1 AND id = $2', [type, id]),
  findByUid: (uid) => one(pool, 'type = $1 AND uid = $2', [type, uid]),
  async consume(id) {
    await pool.query('UPDATE bench_oidc SET consumed_at = now() WHERE type = $1 AND id = $2', [type, id]);
  },
  async destroy(id) {
    await pool.query('DELETE FROM bench_oidc WHERE type = $1 AND id = $2', [type, id]);
  },
  async revokeByGrantId(grantId) {
    await pool.query('DELETE FROM bench_oidc WHERE grant_id = $1', [grantId]);
  },
});

async function one(pool, where, values) {
  const { rows } = await pool.query(
    `SELECT payload, extract(epoch FROM consumed_at)::int AS consumed FROM bench_oidc
     WHERE ${where} AND expires_at > now()`,
    values,
  );
  return rows[0] && { ...rows[0].payload, ...(rows[0].consumed && { consumed: rows[0].consumed }) };
}
