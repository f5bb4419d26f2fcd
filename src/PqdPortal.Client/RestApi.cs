namespace PqdPortal.Client;

/// <summary>Where the REST API of a portal lies. A change that old programs cannot follow gets a new number; the old one is kept beside it.</summary>
public static class RestApi
{
    /// <summary>Below the address of the portal, for what is routed there.</summary>
    public const string Root = "/" + Relative;

    /// <summary>As seen from the portal's address, which ends in a slash: for links of pages and for clients.</summary>
    public const string Relative = "api/v1";

    /// <summary>The description of the whole API for programs that write programs, OpenAPI 3.1.</summary>
    public const string Document = Root + "/openapi.json";
}
