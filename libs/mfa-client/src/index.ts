export * from './client.ts';
export * from './decision.ts';
