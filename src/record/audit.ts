/** Writes a bottle's audit log: in order, chained, and never more behind than the gateway may run ahead. */
import { createHmac, randomBytes } from "node:crypto";
import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { BottleError } from "../errors/error.ts";
import { recordWriteError } from "../errors/record-write.ts";
import type { AuditEvent } from "../gateway/config.ts";
import { writeNew } from "./atomic.ts";
import { auditKeys, chainLine, keySize } from "./chain.ts";
import type { AuditKeys } from "./chain.ts";
import { privateFolder } from "./folder.ts";
import { createMac } from "./mac.ts";
import type { RecordPaths } from "./paths.ts";
import { sanitizeEvent } from "./sanitize.ts";
import { writeSeal } from "./seal.ts";
import type { AuditSeal } from "./seal.ts";

/** Characters of lines that wait for the disk; more means that it does not keep up. */
const maxWaiting = 8 * 1024 * 1024;
/** Characters of a whole log: a bottle must not fill the host's disk with refusals. */
const maxLog = 1024 * 1024 * 1024;
/** Milliseconds between writes while lines keep coming: one write costs as much as five lines do (measured). */
const writeEvery = 5;
/** Milliseconds between seals. */
const sealEvery = 200;

export interface AuditLog {
  /** Returns at once. After a failure nothing is written any more. */
  append(event: AuditEvent): void;
  /** False: the log has lost a line, and the gateway must not answer any more. */
  healthy(): boolean;
  /** Resolves when the log fails; it never rejects, and never resolves while all is well. */
  readonly failed: Promise<BottleError>;
  /** Lines so far, for the receipt. */
  seal(): AuditSeal;
  /** Writes what waits and the last seal. */
  close(): Promise<AuditSeal>;
}

export interface AuditLogOptions {
  readonly id: string;
  /** The record's folder must be there. */
  readonly paths: RecordPaths;
  /** Takes secrets and placeholders out of a text. */
  readonly scrub?: (text: string) => string;
  /** Characters after which the log fails; 1 GiB unless told. */
  readonly limit?: number;
}

/** Makes the key, outside of the record, and the empty log. */
export async function openAuditLog({
  id,
  paths,
  scrub = (text) => text,
  limit = maxLog,
}: AuditLogOptions): Promise<AuditLog> {
  await privateFolder(paths.keyDir);
  await privateFolder(paths.sealDir);
  const key = randomBytes(keySize);
  await writeNew(paths.key, `${key.toString("hex")}\n`, true);
  const keys = auditKeys(key, id);
  const file = await open(paths.audit, "wx", 0o600);
  const log = new Log(file, keys, id, paths.seal, { scrub, limit });
  await log.begin();
  return log;
}

/** What is written to a file without a name is lost: as if there were no file (errno(3)). */
const removed: Error = Object.assign(new Error("the log was removed"), { code: "ENOENT" });

class Log implements AuditLog {
  readonly failed: Promise<BottleError>;
  readonly #file: FileHandle;
  readonly #keys: AuditKeys;
  readonly #mac: (text: string) => string;
  readonly #id: string;
  readonly #sealPath: string;
  readonly #scrub: (text: string) => string;
  readonly #fail: (error: BottleError) => void;
  #waiting: string[] = [];
  #waitingSize = 0;
  #left: number;
  #count = 0;
  #head: string;
  #writing: Promise<void> | undefined;
  #sealing: Promise<void> = Promise.resolve();
  #sealTimer: NodeJS.Timeout | undefined;
  #state: "open" | "closed" | "failed" = "open";

  constructor(
    file: FileHandle,
    keys: AuditKeys,
    id: string,
    sealPath: string,
    { scrub, limit }: Required<Pick<AuditLogOptions, "scrub" | "limit">>,
  ) {
    this.#file = file;
    this.#keys = keys;
    this.#mac = createMac(keys.line);
    this.#id = id;
    this.#sealPath = sealPath;
    this.#scrub = scrub;
    this.#left = limit;
    this.#head = keys.origin;
    let fail: (error: BottleError) => void = () => undefined;
    this.failed = new Promise((resolve) => (fail = resolve));
    this.#fail = fail;
  }

  begin(): Promise<void> {
    return writeSeal(this.#sealPath, this.#keys, this.#id, this.seal());
  }

  append(event: AuditEvent): void {
    if (this.#state !== "open") return;
    const clean = sanitizeEvent(event, (value) => this.#hash(value), this.#scrub);
    const line = chainLine(this.#mac, this.#count + 1, this.#head, clean);
    this.#count += 1;
    this.#head = line.mac;
    this.#waiting.push(line.text);
    this.#waitingSize += line.text.length;
    this.#left -= line.text.length;
    if (this.#left < 0) this.#failed("The log has reached its bound.");
    else if (this.#waitingSize > maxWaiting)
      this.#failed("The disk does not keep up with the requests.");
    else this.#writing ??= this.#write();
  }

  healthy(): boolean {
    return this.#state !== "failed";
  }

  seal(): AuditSeal {
    return { count: this.#count, head: this.#head, closed: this.#state === "closed" };
  }

  async close(): Promise<AuditSeal> {
    if (this.#state === "closed") return this.seal();
    const failed = this.#state === "failed";
    if (!failed) this.#state = "closed";
    clearTimeout(this.#sealTimer);
    await this.#writing;
    await this.#sealing;
    try {
      if (this.healthy()) {
        await this.#file.datasync();
        await this.#seal(this.seal());
      }
    } catch (cause) {
      this.#failed("The end of the log could not be written.", cause);
    } finally {
      await this.#file.close().catch(() => undefined);
    }
    return this.seal();
  }

  /** Writes until nothing waits; lines come in while a write is under way. */
  async #write(): Promise<void> {
    // Lines of one turn of the event loop go out together.
    await Promise.resolve();
    try {
      while (this.#waiting.length > 0 && this.healthy()) {
        const text = this.#waiting.join("");
        const written = { count: this.#count, head: this.#head, closed: false };
        this.#waiting = [];
        this.#waitingSize = 0;
        await this.#file.appendFile(text, "utf8");
        this.#sealSoon(written);
        // What comes alone is written at once.
        if (this.#waiting.length > 0 && this.#state === "open") await sleep(writeEvery);
      }
    } catch (cause) {
      this.#failed("The log could not be written.", cause);
    } finally {
      this.#writing = undefined;
    }
  }

  /** A seal never claims a line that is not in the file yet. */
  #sealSoon(written: AuditSeal): void {
    this.#sealDue = written;
    if (this.#sealTimer !== undefined || this.#state !== "open") return;
    this.#sealTimer = setTimeout(() => {
      this.#sealTimer = undefined;
      const due = this.#sealDue;
      if (due === undefined || this.#state !== "open") return;
      this.#sealing = this.#sealing
        .then(() => this.#seal(due))
        .catch((cause: unknown) => this.#failed("The log could not be sealed.", cause));
    }, sealEvery).unref();
  }
  #sealDue: AuditSeal | undefined;

  /** Lines that nobody can read any more are not sealed: the log was removed, and this is the last handle of it. */
  async #seal(seal: AuditSeal): Promise<void> {
    if ((await this.#file.stat()).nlink === 0) throw removed;
    await writeSeal(this.#sealPath, this.#keys, this.#id, seal);
  }

  #hash(value: string): string {
    return createHmac("sha256", this.#keys.query).update(value).digest("hex").slice(0, 12);
  }

  #failed(why: string, cause?: unknown): void {
    if (this.#state === "failed") return;
    this.#state = "failed";
    clearTimeout(this.#sealTimer);
    this.#waiting = [];
    const reason = cause === undefined ? undefined : recordWriteError(cause);
    this.#fail(
      new BottleError({
        code: "E_RECORD_AUDIT",
        what: "The audit log lost a line; nothing leaves the bottle any more.",
        why: reason?.why === undefined ? why : `${why} ${reason.why}`,
        next:
          reason?.next ??
          `See \`bottle audit ${this.#id}\`; \`bottle resume ${this.#id}\` goes on with a new log.`,
        ...(cause === undefined ? {} : { cause }),
      }),
    );
  }
}
