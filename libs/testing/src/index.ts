export * from './free-port.ts';
export * from './given-when-then.ts';
export * from './kafka-door.ts';
export * from './kafka-for-tests.ts';
export * from './spawn-service.ts';
export * from './test-database.ts';
export * from './test-keys.ts';
export * from './wait-for.ts';
