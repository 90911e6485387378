/** The pages of the dashboard, in the order of its navigation. */
export interface Section {
	name: string;
	path: string;
	/** The key behind `g` that leads there. */
	key: string;
}

export const sections = [
	{ name: "Overview", path: "/dashboard", key: "o" },
	{ name: "Tasks", path: "/dashboard/tasks", key: "t" },
	{ name: "Photos", path: "/dashboard/photos", key: "p" },
	{ name: "Items", path: "/dashboard/items", key: "i" },
	{ name: "Schedules", path: "/dashboard/schedules", key: "s" },
	{ name: "Cleanups", path: "/dashboard/cleanups", key: "c" },
	{ name: "Queues", path: "/dashboard/queues", key: "q" },
	{ name: "Dead letters", path: "/dashboard/dead-letters", key: "d" },
	{ name: "Sources", path: "/dashboard/sources", key: "u" },
	{ name: "Workers", path: "/dashboard/workers", key: "w" },
	{ name: "Registered tasks", path: "/dashboard/registered", key: "r" },
	{ name: "Audit log", path: "/dashboard/audit", key: "a" },
] as const satisfies Section[];

export type SectionName = (typeof sections)[number]["name"];
