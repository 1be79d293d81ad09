import { Module } from '@nestjs/common';

/** Nothing is injected here: the gateway is a table of routes (routes.table.ts) and a few pages. */
@Module({})
export class GatewayModule {}
