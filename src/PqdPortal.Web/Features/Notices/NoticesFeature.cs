namespace PqdPortal.Web.Features.Notices;

/// <summary>What people say to each other and what each is told: comments, follows, notices, the digest. What asks and saves is Layout/Talking's, for the pages of records show it too.</summary>
public static class NoticesFeature
{
    public static IEndpointRouteBuilder MapNotices(this IEndpointRouteBuilder portal)
    {
        TalkApi.Map(portal);
        NoticesApi.Map(portal);
        return portal;
    }
}
