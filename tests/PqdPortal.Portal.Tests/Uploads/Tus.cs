using System.Net.Http.Headers;
using System.Text;

namespace PqdPortal.Portal.Tests.Uploads;

/// <summary>The requests of tus 1.0, as a program makes them. https://tus.io/protocols/resumable-upload</summary>
public static class Tus
{
    /// <param name="under">The folder of the address under which the portal is served.</param>
    public static HttpRequestMessage Create(Guid project, long length, string name = "dot.ptu", string under = "")
    {
        var request = Speak(HttpMethod.Post, under + "/api/v1/uploads");
        request.Headers.Add("Upload-Length", length.ToString());
        request.Headers.Add("Upload-Metadata", $"filename {Base64(name)},project {Base64(project.ToString())}");
        return request;
    }

    public static HttpRequestMessage Head(string at) => Speak(HttpMethod.Head, at);

    public static HttpRequestMessage Patch(string at, long offset, Stream piece)
    {
        var request = Speak(HttpMethod.Patch, at);
        request.Headers.Add("Upload-Offset", offset.ToString());
        request.Content = new StreamContent(piece, 1 << 17) { Headers = { ContentType = new MediaTypeHeaderValue("application/offset+octet-stream") } };
        return request;
    }

    public static HttpRequestMessage Speak(HttpMethod method, string address)
    {
        var request = new HttpRequestMessage(method, address);
        request.Headers.Add("Tus-Resumable", "1.0.0");
        return request;
    }

    /// <summary>What the portal has confirmed, as it says it.</summary>
    public static async Task<string?> Offset(HttpClient program, string at) => Header(await program.SendAsync(Head(at)), "Upload-Offset");

    public static string? Header(HttpResponseMessage answer, string name) => answer.Headers.TryGetValues(name, out var values) ? values.Single() : null;

    static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
