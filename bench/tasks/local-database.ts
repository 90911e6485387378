/** A D1 binding as Node holds it: the part that the bench uses, without the Worker's types. */

export interface LocalDatabase {
	prepare(sql: string): LocalStatement;
}

export interface LocalStatement {
	bind(...values: unknown[]): LocalStatement;
	run(): Promise<LocalResult<never>>;
	all<Row>(): Promise<LocalResult<Row>>;
}

export interface LocalResult<Row> {
	results: Row[];
	meta: { rows_read: number; rows_written: number; size_after: number; duration: number };
}
