// The command that starts this copy of the program, for advice that can be typed as it is.
import { fileURLToPath } from "node:url";

/** The program is an installed package; else a checkout, which has the scripts of package.json. */
export const installed = /[\\/]node_modules[\\/]/.test(fileURLToPath(import.meta.url));

/** The command before the options of the desk. */
export const startCommand = installed ? "npx lampwire" : "npm start --";
