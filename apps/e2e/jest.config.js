import preset from '../../jest.preset.js';

/** A file boots the whole system, on machines that are busy with other files. */
export default { ...preset, testTimeout: 30_000 };
