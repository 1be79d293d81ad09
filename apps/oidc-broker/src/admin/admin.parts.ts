import { Timers } from '@countersign/messaging';
import { Injectable } from '@nestjs/common';
import { AdminDoor } from './admin-door.ts';
import { AdminSessionRepository } from './admin-session.repository.ts';
import { AdminSessions } from './admin-sessions.ts';
import { AdminSignIn } from './admin-sign-in.service.ts';
import { AdminController } from './admin.controller.ts';
import { ApplicationGateway } from './application.gateway.ts';

const SWEEP_EVERY_MS = 10 * 60_000;

/** Deletes sign-ins that have ended. */
@Injectable()
class AdminSessionSweep {
  constructor(sessions: AdminSessionRepository, timers: Timers) {
    timers.register({ name: 'admin-sessions', everyMs: SWEEP_EVERY_MS, run: () => sessions.sweep() });
  }
}

/** What this feature adds to the service. */
export const adminParts = {
  controllers: [AdminController], // /admin
  providers: [
    ...[AdminDoor, AdminSignIn, AdminSessions, AdminSessionRepository, AdminSessionSweep],
    ApplicationGateway,
  ],
};
