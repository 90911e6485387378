/** The photographs that the demo takes when it is given none: free ones, kept with the tests. */
import { join } from "node:path";
import { projectRoot } from "../paths.ts";

const names = ["astronaut.png", "chelsea.png", "coffee.png", "hubble_deep_field.jpg", "rocket.jpg"];

export const samplePhotos: readonly string[] = names.map((name) => join(projectRoot, "test/fixtures", name));
