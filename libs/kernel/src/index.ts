export * from './assert-never.ts';
export * from './believed.ts';
export * from './clock.ts';
export * from './crash-points.ts';
export * from './decision.ts';
export * from './escape-html.ts';
export * from './ids.ts';
export * from './seen-jti.ts';
