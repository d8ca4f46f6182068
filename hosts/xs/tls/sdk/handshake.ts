// `ssl/handshake`, as the SDK's record layer and session import it.
export { default } from "hosts/xs/tls/handshake";
