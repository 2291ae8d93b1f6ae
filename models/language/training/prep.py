import sys
import subprocess,json,random,collections,glob
random.seed(7)
M={'ms':'id','bs':'hr','sr':'hr','pt-MZ':'pt','pt-BR':'pt'}
C="en es pt de fr it nl id tr pl sv no da fi ro vi hu cs sk hr sl et af sw ha ig yo rw so om eu mt is sq gl ca lt lv az tl ga su hi uz".split()
raw=subprocess.run(['zstd','-dc',sys.argv[1]],capture_output=True).stdout.decode()
ok={'tatoeba','xed','brighter','afrisenti','xquad','emot','smsa','malaya'}
D=collections.defaultdict(list)
def latin(t):
    a=[c for c in t if c.isalpha()]
    return a and sum(ord(c)<0x250 or 0x1e00<=ord(c)<0x1f00 for c in a)>.7*len(a)
for l in raw.splitlines():
    r=json.loads(l)
    if r['src'] not in ok: continue
    if r.get('src') in('tatoeba','xed') and r.get('en') and r['src']=='tatoeba': D['en'].append(r['en'])
    g=M.get(r['lang'],r['lang'])
    t=r['text'].replace('<username>','').replace('\t',' ').replace('\n',' ')
    if g in C and latin(t) and g!='en' and (g!='hi'): D[g].append(t)
for f in glob.glob('en/train/*.jsonl'):
    rows=[json.loads(l) for l in open(f)]
    for r in random.sample(rows,min(2500,len(rows))):
        D['en'].append(r['text'].replace('\t',' ').replace('\n',' ')[:400])
own={}
for l in open('own.tsv'):
    k,v=l.rstrip('\n').split('\t');own[k]=v.split('|')
out=open('train.tsv','w')
for c in C:
    ts=D[c];random.shuffle(ts)
    lim=30000 if c=="en" else 1500 if c in "ha ig yo rw sw so om uz su af".split() else 6000
    for t in ts[:lim]: out.write(f"{c}\t1\t{t[:300]}\n")
    for p in own.get(c,[]): out.write(f"{c}\t2\t{p}\n")
    print(c,len(ts),end='; ')
