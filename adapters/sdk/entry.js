// A module named `embedded:…` cannot import by a path of ours.
export { default } from "lampwire/adapters/sdk/client";
