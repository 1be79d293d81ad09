import type { ServiceName } from '@countersign/contracts';
import { currentCorrelationId, currentTrace } from '@countersign/messaging';
import { type ServiceAnswer, type ServiceCall, ServiceClient } from '@countersign/security';

/** A service client whose calls carry the trace and the correlation id of the work under way. */
export class TracingServiceClient extends ServiceClient {
  override call(service: ServiceName, call: ServiceCall): Promise<ServiceAnswer> {
    const traceparent = currentTrace();
    const correlationId = currentCorrelationId();
    return super.call(service, {
      ...(traceparent !== undefined && { traceparent }),
      ...(correlationId !== undefined && { correlationId }),
      ...call,
    });
  }
}
