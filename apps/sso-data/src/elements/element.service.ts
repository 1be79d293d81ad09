import { accept, type Decision, refuse } from '@countersign/kernel';
import { Vault } from '@countersign/security';
import { decodeCursor, cutPage, type PageQuery } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { DefinitionWrites } from './definition-writes.ts';
import { ElementRepository, type ElementRow } from './element.repository.ts';
import {
  type ElementList,
  elementName,
  ELEMENTS_MAX,
  type ElementView,
  isDelivered,
} from './element.schemas.ts';

const notFound = () => refuse('sso/element-not-found');

/** The application cannot have that many elements. */
export const elementLimit = () =>
  refuse('sso/element-limit', { detail: `an application has at most ${ELEMENTS_MAX}` });

/** What an application keeps of users for vendors: the definitions, not the values. */
@Injectable()
export class ElementService {
  constructor(
    private readonly elements: ElementRepository,
    private readonly writes: DefinitionWrites,
    private readonly vault: Vault,
  ) {}

  async get(appId: string, name: string): Promise<Decision<ElementView>> {
    const row = await this.elements.find(appId, name);
    return row ? accept(viewOf(row)) : notFound();
  }

  /** A page of the application's elements, by name. */
  async list(appId: string, { limit, cursor }: PageQuery): Promise<Decision<ElementList>> {
    const list = `third-party-data-elements:${appId}`;
    const after = decodeCursor(this.vault, list, cursor, elementName);
    if (!after.ok) return after;
    const found = (await this.elements.list(appId, after.value, limit + 1)).map(viewOf);
    return accept(cutPage(this.vault, list, { found, limit, positionOf: ({ name }) => name }));
  }

  /** Defines it, or replaces its description. */
  put(appId: string, name: string, description: string): Promise<Decision<ElementView>> {
    return this.writes.change(appId, async (tx) => {
      if ((await this.elements.countOthers(tx, appId, [name])) >= ELEMENTS_MAX) return elementLimit();
      await this.elements.put(tx, appId, [{ name, description }]);
      const row = await this.elements.find(appId, name, tx);
      return row ? accept(viewOf(row)) : notFound();
    });
  }

  /** Refused while users have values of it or a plan names it: nothing is lost unsaid. */
  delete(appId: string, name: string): Promise<Decision<undefined>> {
    return this.writes.change(appId, async (tx) => {
      // whoever is writing a value of it is waited for, so that the value is seen
      await this.elements.holdAlone(tx, appId, [name]);
      if (!(await this.elements.find(appId, name, tx))) return notFound();
      if (await this.elements.isUsed(tx, appId, name)) return refuse('sso/element-in-use');
      await this.elements.delete(tx, appId, [name]);
      return accept(undefined);
    });
  }
}

const viewOf = ({ name, description, updatedAt }: ElementRow): ElementView => ({
  name,
  description,
  delivered: isDelivered(name),
  updatedAt: updatedAt.toISOString(),
});
