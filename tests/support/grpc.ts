/** A real gRPC server of four kinds of calls, and clients that reach it through a gateway by CONNECT. */
import {
  Metadata,
  Server,
  ServerCredentials,
  credentials,
  makeGenericClientConstructor,
} from "@grpc/grpc-js";
import type {
  ClientDuplexStream,
  ClientReadableStream,
  ClientUnaryCall,
  ClientWritableStream,
  ServerDuplexStream,
  ServerReadableStream,
  ServerUnaryCall,
  ServerWritableStream,
  ServiceError,
} from "@grpc/grpc-js";
import { generateKeyPairSync } from "node:crypto";
import { authorityCertificate, leafCertificate } from "../../src/gateway/tls/certificate.ts";

const bytes = (value: Buffer): Buffer => value;
const method = (name: string, requestStream: boolean, responseStream: boolean) => ({
  path: `/test.Echo/${name}`,
  requestStream,
  responseStream,
  requestSerialize: bytes,
  requestDeserialize: bytes,
  responseSerialize: bytes,
  responseDeserialize: bytes,
});

const service = {
  Unary: method("Unary", false, false),
  Collect: method("Collect", true, false),
  Spread: method("Spread", false, true),
  Talk: method("Talk", true, true),
};

type Done = (error: object | null, value: Buffer | null, trailers?: Metadata) => void;

export interface EchoClient {
  Unary(
    message: Buffer,
    metadata: Metadata,
    done: (error: ServiceError | null, value?: Buffer) => void,
  ): ClientUnaryCall;
  Collect(
    metadata: Metadata,
    done: (error: ServiceError | null, value?: Buffer) => void,
  ): ClientWritableStream<Buffer>;
  Spread(message: Buffer, metadata: Metadata): ClientReadableStream<Buffer>;
  Talk(metadata: Metadata): ClientDuplexStream<Buffer, Buffer>;
  close(): void;
}

export interface GrpcServer extends AsyncDisposable {
  readonly port: number;
  readonly caPem: string;
  /** Metadata of calls, as they came. */
  readonly calls: Metadata[];
  /** Bytes of the messages that came. */
  readonly received: () => number;
}

/** `Spread` sends as many messages of 16 KiB as its request's number says, at the pace of whoever reads them. */
export async function startGrpcServer(): Promise<GrpcServer> {
  const pair = (): ReturnType<typeof generateKeyPairSync> =>
    generateKeyPairSync("ec", { namedCurve: "P-256" });
  const [issuerKeys, keys] = [pair(), pair()];
  const issuer = { name: "grpc test", ...issuerKeys };
  const validity = {
    from: new Date(Date.now() - 3_600_000),
    to: new Date(Date.now() + 86_400_000),
  };
  const caPem = authorityCertificate(issuer, ["localhost"], validity);
  const cert = leafCertificate(issuer, "localhost", keys.publicKey, validity);
  const key = keys.privateKey.export({ type: "pkcs8", format: "pem" });

  const calls: Metadata[] = [];
  let received = 0;
  const answer = (metadata: Metadata): Metadata => {
    calls.push(metadata);
    const after = new Metadata();
    after.set("x-after", "yes");
    return after;
  };
  const implementation = {
    Unary(call: ServerUnaryCall<Buffer, Buffer>, done: Done) {
      const trailers = answer(call.metadata);
      received += call.request.length;
      if (call.request.toString() === "fail")
        return done({ code: 9, details: "as you wish" }, null, trailers);
      done(null, call.request, trailers);
    },
    Collect(call: ServerReadableStream<Buffer, Buffer>, done: Done) {
      answer(call.metadata);
      let size = 0;
      call.on("error", () => undefined);
      call.on("data", (part: Buffer) => {
        size += part.length;
        received += part.length;
      });
      call.on("end", () => done(null, Buffer.from(String(size))));
    },
    Spread(call: ServerWritableStream<Buffer, Buffer>) {
      answer(call.metadata);
      let left = Number(call.request.toString());
      const block = Buffer.alloc(16 * 1024, 0x78);
      call.on("error", () => undefined);
      const more = (): void => {
        while (left > 0) {
          left -= 1;
          if (!call.write(block)) return void call.once("drain", more);
        }
        call.end();
      };
      more();
    },
    Talk(call: ServerDuplexStream<Buffer, Buffer>) {
      answer(call.metadata);
      call.on("error", () => undefined);
      call.on("data", (part: Buffer) => {
        received += part.length;
        call.write(Buffer.concat([Buffer.from("re: "), part]));
      });
      call.on("end", () => call.end());
    },
  };
  const server = new Server();
  server.addService(service, implementation);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(
      "127.0.0.1:0",
      ServerCredentials.createSsl(null, [
        { private_key: Buffer.from(key), cert_chain: Buffer.from(cert) },
      ]),
      (error, bound) => (error === null ? resolve(bound) : reject(error)),
    );
  });
  return {
    port,
    caPem,
    calls,
    received: () => received,
    async [Symbol.asyncDispose]() {
      server.forceShutdown();
      await Promise.resolve();
    },
  };
}

/** The proxy is found by `grpc_proxy`, as a user would set it. */
export function grpcClient(port: number, caPem: string): EchoClient {
  const Constructor = makeGenericClientConstructor(service, "Echo");
  return new Constructor(
    `localhost:${port}`,
    credentials.createSsl(Buffer.from(caPem)),
  ) as unknown as EchoClient;
}

export interface UnaryAnswer {
  readonly value: string;
  readonly error: ServiceError | null;
  readonly trailers: Metadata;
}

/** One call, with what came after its answer. */
export function unary(
  client: EchoClient,
  message: string,
  metadata: Metadata,
): Promise<UnaryAnswer> {
  return new Promise((resolve) => {
    let result: { value: string; error: ServiceError | null } | undefined;
    let trailers: Metadata | undefined;
    const settle = (): void => {
      if (result !== undefined && trailers !== undefined) resolve({ ...result, trailers });
    };
    const call = client.Unary(Buffer.from(message), metadata, (error, value) => {
      result = { value: value?.toString() ?? "", error };
      settle();
    });
    call.on("status", (status: { metadata: Metadata }) => {
      trailers = status.metadata;
      settle();
    });
  });
}
