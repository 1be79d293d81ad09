/** Runs every tier of every part in one go; `npm test` boots what it needs and calls this. */
export default {
  projects: ['<rootDir>/libs/*/jest.config.js', '<rootDir>/apps/*/jest.config.js'],
};
