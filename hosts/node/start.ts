// How a user starts this copy of the program, for advice that can be typed as it stands.
import { fileURLToPath } from "node:url";

/** As a package; else it is a checkout, which has the scripts of package.json. */
export const installed = /[\\/]node_modules[\\/]/.test(fileURLToPath(import.meta.url));

/** What the options of the desk follow. */
export const startCommand = installed ? "npx lampwire" : "npm start --";
