/** Time that has passed for photos, in the database of a server that runs. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Makes photos that belong to no item older. */
export function ageUnattachedPhotos(stateDirectory: string, hours: number): void {
	const folder = join(stateDirectory, "v3/d1");
	const file = readdirSync(folder, { recursive: true, encoding: "utf8" }).find(
		(name) => name.endsWith(".sqlite") && !name.endsWith("metadata.sqlite"),
	);
	if (file === undefined) throw new Error(`There is no database in ${folder}.`);
	const database = new DatabaseSync(join(folder, file));
	try {
		database.exec("PRAGMA busy_timeout = 5000");
		database.exec(`UPDATE photos SET created_at = created_at - ${hours * 3_600_000} WHERE item_id IS NULL`);
	} finally {
		database.close();
	}
}
