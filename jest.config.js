/** Every tier of every project in one run; `npm test` boots what it needs and calls this. */
export default {
  projects: ['<rootDir>/libs/*/jest.config.js', '<rootDir>/apps/*/jest.config.js'],
  maxWorkers: 2,
  // generous: a busy machine is no failure, and a test that hangs still ends
  testTimeout: 30_000,
  // Jest's ES modules leak with every file: a worker that has grown is replaced
  workerIdleMemoryLimit: '700MB',
};
