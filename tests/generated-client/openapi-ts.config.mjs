// What the client is made of: types of all records, a function for each operation, and the platform's own fetch.
export default {
  input: './openapi.json',
  output: { path: './portal', importFileExtension: '.js' },
  plugins: ['@hey-api/client-fetch', '@hey-api/typescript', '@hey-api/sdk'],
};
