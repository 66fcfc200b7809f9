/** Every panel, query and variable asks the data source that the reader chooses, by whatever uid it has there. */
export const datasource = { type: "prometheus", uid: `\${datasource}` } as const;
