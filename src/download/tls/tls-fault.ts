/** Why no TLS came about with a source. */
export class TlsFault extends Error {
	/** @param reason a clause about the source ("it ...", "its ..."), with nothing in it that the source wrote */
	constructor(reason: string, options?: ErrorOptions) {
		super(reason, options);
		this.name = "TlsFault";
	}
}

/** The connection ended before a byte came: the source may never have been at its other end. */
export class NothingCame extends TlsFault {}
