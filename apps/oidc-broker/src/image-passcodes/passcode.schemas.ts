import { z } from 'zod';
import { BITS_MIN, bitsOf, GRID_SIZES, type Shape } from './grids.decide.ts';

const rounds = z.int().min(4).max(8).meta({ description: 'Grids in a challenge', example: 5 });
const gridSize = z.literal(GRID_SIZES).meta({ description: 'Images in a grid', example: 16 });

/** Body of PUT. Holds for passcodes made from now on. */
export const passcodeSettingsRequest = z
  .strictObject({ rounds, gridSize })
  .refine((shape) => bitsOf(shape) >= BITS_MIN, {
    path: ['rounds'],
    message: `must make at least ${BITS_MIN} bits: 6 rounds of 9 images, or 4 of 16`,
  })
  .meta({ id: 'ImagePasscodeSettingsRequest' });
export type PasscodeSettingsRequest = z.output<typeof passcodeSettingsRequest>;

const bits = z.number().meta({
  description: 'Entropy of a sequence that chance picked; people’s own choice has less',
  example: 20,
});

export const passcodeSettingsView = z
  .object({ rounds, gridSize, bits })
  .meta({ id: 'ImagePasscodeSettings' });
export type PasscodeSettingsView = z.infer<typeof passcodeSettingsView>;

export const passcodeView = z
  .object({
    ...{ rounds, gridSize, bits },
    enrolledAt: z.iso.datetime(),
    usedAt: z.iso.datetime().optional(),
    lock: z
      .enum(['temporary', 'until-unlocked'])
      .optional()
      .meta({ description: 'After wrong tries; other factors still work' }),
  })
  .meta({ id: 'ImagePasscode' });
export type PasscodeView = z.infer<typeof passcodeView>;

/** With its entropy, to two digits. */
export const withBits = ({ rounds, gridSize }: Shape): PasscodeSettingsView => ({
  rounds,
  gridSize,
  bits: Math.round(bitsOf({ rounds, gridSize }) * 100) / 100,
});
