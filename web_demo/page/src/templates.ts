/** Sets of questions that are asked together. The reader's questions are English. */

export interface Template {
  readonly key: "receipt" | "invoice" | "form";
  /** Question by field; the field's name is a text of the page. */
  readonly fields: Readonly<Record<string, string>>;
}

export const TEMPLATES: readonly Template[] = [
  {
    key: "receipt",
    fields: {
      company: "What is the name of the company?",
      address: "What is the address of the company?",
      date: "What is the date?",
      total: "What is the total amount?",
    },
  },
  {
    key: "invoice",
    fields: {
      number: "What is the invoice number?",
      date: "What is the invoice date?",
      advertiser: "What is the name of the customer?",
      total: "What is the gross amount?",
    },
  },
  {
    key: "form",
    fields: {
      name: "What is the name?",
      address: "What is the address?",
      date: "What is the date?",
      phone: "What is the phone number?",
    },
  },
];

export const SUGGESTIONS: readonly string[] = [
  "What is the total?",
  "What is the date?",
  "What is the name of the company?",
  "What is the address?",
];
