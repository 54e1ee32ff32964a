A tokenizer of XML that forgives much, `twisted.web.sux`: any split of the document gives the same events, at a cost that grows with its length alone.
