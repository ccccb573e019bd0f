using PerceptionEncoder;
using SearchService;

try
{
    await using var app = SearchApplication.Create(args);
    await app.RunAsync();
    return 0;
}
catch (UserErrorException problem)
{
    Console.Error.WriteLine($"SearchService: {problem.Message}");
    return 2;
}
