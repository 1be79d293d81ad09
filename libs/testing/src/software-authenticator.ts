import { createHash, type KeyObject, randomBytes } from 'node:crypto';
import { type KeyKind, newKey, signWith } from './authenticator-keys.ts';
import { type Cbor, encodeCbor } from './cbor.ts';

/** Options as the server sends them; only what an authenticator reads. */
export interface CreationAsked {
  rp: { id: string };
  user: { id: string };
  challenge: string;
  excludeCredentials?: { id: string }[];
}
export interface AssertionAsked {
  rpId: string;
  challenge: string;
  allowCredentials?: { id: string }[];
}

/** What goes otherwise than a proper page and authenticator would have it. */
export interface Quirks {
  origin?: string;
  /** Laid over the client data. */
  clientData?: Record<string, unknown>;
  /** RP id that is hashed instead. */
  rpId?: string;
  userPresent?: boolean;
  userVerified?: boolean;
  backupEligible?: boolean;
  backedUp?: boolean;
  /** The counter shown, instead of the next one. */
  signCount?: number;
  userHandle?: string | undefined;
  /** Changes the signature. */
  forged?: boolean;
  /** Attestation format and statement instead of `none`. */
  attestation?: { fmt: string; attStmt: Map<string, Cbor> };
  credentialId?: string;
}

interface Credential {
  id: string;
  rpId: string;
  userHandle: string;
  kind: KeyKind;
  privateKey: KeyObject;
  cose: Map<number, Cbor>;
  signCount: number;
}

const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest();
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');

/** A FIDO2 authenticator with the page around it, in software: it makes and shows passkeys, rightly or as told. */
export class SoftwareAuthenticator {
  readonly credentials: Credential[] = [];

  constructor(
    /** Origin of the page. */
    readonly origin: string,
    private readonly defaults: Quirks & { kind?: KeyKind; counts?: boolean; aaguid?: string } = {},
  ) {}

  /** Makes a passkey; answers LoginID's CreationResult. Throws as browsers do where one of the excluded is here. */
  create(asked: CreationAsked, quirks: Quirks & { kind?: KeyKind } = {}) {
    const how = { ...this.defaults, ...quirks };
    if (asked.excludeCredentials?.some(({ id }) => this.credentials.some((own) => own.id === id)))
      throw new Error('InvalidStateError');
    const kind = how.kind ?? 'ES256';
    const { privateKey, cose } = newKey(kind);
    const id = how.credentialId ?? text(randomBytes(32));
    const credential: Credential = {
      ...{ id, rpId: asked.rp.id, userHandle: asked.user.id, kind, privateKey, cose },
      signCount: how.signCount ?? (this.defaults.counts ? 1 : 0),
    };
    this.credentials.push(credential);
    const clientDataJSON = this.clientData('webauthn.create', asked.challenge, how);
    const rawId = Buffer.from(id, 'base64url');
    const length = Buffer.alloc(2);
    length.writeUInt16BE(rawId.length);
    const aaguid = Buffer.from((this.defaults.aaguid ?? '0'.repeat(32)).replaceAll('-', ''), 'hex');
    const authData = Buffer.concat([
      this.head(how.rpId ?? asked.rp.id, 0x40, credential.signCount, how),
      ...[aaguid, length, rawId, encodeCbor(cose)],
    ]);
    const { fmt, attStmt } = how.attestation ?? { fmt: 'none', attStmt: new Map<string, Cbor>() };
    const attestationObject = encodeCbor(
      new Map<string, Cbor>([
        ['fmt', fmt],
        ['attStmt', attStmt],
        ['authData', new Uint8Array(authData)],
      ]),
    );
    return {
      clientDataJSON: text(clientDataJSON),
      attestationObject: text(attestationObject),
      credentialId: id,
      transports: ['internal' as const],
    };
  }

  /** Shows a passkey, the first that is allowed and of the RP; answers LoginID's AssertionResult. */
  get(asked: AssertionAsked, quirks: Quirks = {}) {
    const how = { ...this.defaults, ...quirks };
    const allowed = asked.allowCredentials ?? [];
    const credential = this.credentials.find(
      (own) => own.rpId === asked.rpId && (allowed.length === 0 || allowed.some(({ id }) => id === own.id)),
    );
    if (!credential) throw new Error('NotAllowedError');
    if (this.defaults.counts) credential.signCount++;
    const clientDataJSON = this.clientData('webauthn.get', asked.challenge, how);
    const authenticatorData = this.head(
      how.rpId ?? asked.rpId,
      0,
      how.signCount ?? credential.signCount,
      how,
    );
    const signed = Buffer.concat([authenticatorData, sha256(clientDataJSON)]);
    const signature = signWith(credential, signed);
    if (how.forged) signature[signature.length - 1]! ^= 1;
    const userHandle = 'userHandle' in how ? how.userHandle : credential.userHandle;
    return {
      clientDataJSON: text(clientDataJSON),
      authenticatorData: text(authenticatorData),
      credentialId: how.credentialId ?? credential.id,
      signature: text(signature),
      ...(userHandle !== undefined && { userHandle }),
    };
  }

  private clientData(type: string, challenge: string, how: Quirks): Buffer {
    const data = {
      type,
      challenge,
      origin: how.origin ?? this.origin,
      crossOrigin: false,
      ...how.clientData,
    };
    return Buffer.from(JSON.stringify(data), 'utf8');
  }

  /** RP id hash, flags and counter (WebAuthn L3 §6.1). */
  private head(rpId: string, flags: number, signCount: number, how: Quirks): Buffer {
    const bit = (set: boolean | undefined, value: number) => (set ? value : 0);
    const all =
      flags |
      bit(how.userPresent ?? true, 0x01) |
      bit(how.userVerified ?? true, 0x04) |
      bit(how.backupEligible, 0x08) |
      bit(how.backedUp, 0x10);
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(signCount);
    return Buffer.concat([sha256(rpId), Buffer.from([all]), counter]);
  }
}
