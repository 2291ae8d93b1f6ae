include!("features.rs");
use std::io::Write;
fn words(t:&str)->Vec<String>{
  t.split_whitespace().filter(|p|!p.starts_with(['@','#'])&&!p.contains("://")&&!p.starts_with("www."))
  .flat_map(|p|p.split(|c:char|!(c.is_alphabetic()||c=='\''||c=='’'||('\u{300}'..='\u{36f}').contains(&c))))
  .map(|w|w.trim_matches(['\'','’']).to_lowercase().replace('’',"'")).filter(|w|!w.is_empty())
  .map(|w|{let mut o=String::new();let mut n=0;let mut l='\0';for c in w.chars(){if c==l{n+=1}else{n=1;l=c}if n<=2{o.push(c)}}o}).collect()}
struct R(u64);impl R{fn n(&mut self,m:usize)->usize{self.0=self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);((self.0>>33) as usize)%m}}
const C:usize=44;
fn main(){
 let langs:Vec<&str>="en es pt de fr it nl id tr pl sv no da fi ro vi hu cs sk hr sl et af sw ha ig yo rw so om eu mt is sq gl ca lt lv az tl ga su hi uz".split(' ').collect();
 let s=std::fs::read_to_string("train.tsv").unwrap();
 let mut data=vec![];let mut cnt=[0f32;C];
 for l in s.lines(){let mut p=l.splitn(3,'\t');let c=langs.iter().position(|x|Some(*x)==p.clone().next()).unwrap();p.next();let own=p.next()==Some("2");let w=words(p.next().unwrap());if w.is_empty(){continue}
  let rep=if own{6}else{1};for _ in 0..rep{cnt[c]+=1.0;data.push((c,own,w.clone()))}}
 let mut w=vec![0f32;BUCKETS*C];let mut g=vec![1e-4f32;BUCKETS*C];let mut bias=[0f32;C];
 let mut r=R(42);let epochs:usize=std::env::args().nth(1).map_or(6,|x|x.parse().unwrap());
 let l2:f32=std::env::args().nth(2).map_or(1e-6,|x|x.parse().unwrap());
 let mut f=vec![];
 for e in 0..epochs{
  for i in (1..data.len()).rev(){let j=r.n(i+1);data.swap(i,j);}
  let lr=0.25*(1.0-0.85*e as f32/epochs as f32);let mut loss=0.0;let mut acc=0;
  for (c,own,ws) in &data{
   let k=match r.n(8){0=>1,1=>2,2=>3,3=>4,4=>6,_=>40};
   let (a,b)=if *own||k>=ws.len(){(0,ws.len().min(40))}else{let a=r.n(ws.len()-k+1);(a,a+k)};
   f.clear();for x in &ws[a..b]{features(x,&mut f)}
   let x=1.0/(f.len() as f32).sqrt();
   let mut z=bias;for &i in &f{let row=&w[i as usize*C..i as usize*C+C];for j in 0..C{z[j]+=x*row[j]}}
   let m=z.iter().cloned().fold(f32::MIN,f32::max);let mut t=0.0;for v in &mut z{*v=(*v-m).exp();t+=*v}
   for v in &mut z{*v/=t}
   loss-=z[*c].max(1e-9).ln();if (0..C).all(|j|z[j]<=z[*c]){acc+=1}
   z[*c]-=1.0;
   // classes of few texts count for more, English for the most
   let cw=if *c==0{1.5}else{(4000.0/cnt[*c]).clamp(0.5,2.0)};
   let cw=if *own{cw*0.7}else{cw};
   for j in 0..C{bias[j]-=0.002*z[j]*cw}
   for &i in &f{let o=i as usize*C;for j in 0..C{let d=z[j]*x*cw+l2*w[o+j];if d.abs()<1e-6{continue}g[o+j]+=d*d;w[o+j]-=lr*d/g[o+j].sqrt()}}
  }
  eprintln!("{e} loss {:.4} acc {:.4}",loss/data.len() as f32,acc as f32/data.len() as f32);
 }
 let mx=w.iter().fold(0f32,|a,b|a.max(b.abs()));
 let mut abs:Vec<f32>=w.iter().map(|x|x.abs()).collect();abs.sort_by(f32::total_cmp);let clip=abs[(abs.len() as f64*0.9998) as usize];
 eprintln!("max {mx} clip {clip}");
 let scale=clip/127.0;
 let mut tot=[0f64;C];for (c,own,_) in &data{let cw=if *c==0{1.5}else{(4000.0/cnt[*c]).clamp(0.5,2.0)};tot[*c]+=(if *own{cw*0.7}else{cw}) as f64}
 for j in 0..C{if tot[j]>0.0{bias[j]-=tot[j].ln() as f32}else{bias[j]=-50.0}}
 let mb=bias.iter().cloned().filter(|b|*b> -40.0).fold(f32::MAX,f32::min);for b in &mut bias{*b-=mb}
 let mut o=std::fs::File::create("language.bin").unwrap();
 o.write_all(&scale.to_le_bytes()).unwrap();for b in bias{o.write_all(&b.to_le_bytes()).unwrap()}
 let q:Vec<u8>=w.iter().map(|x|((x/scale).round().clamp(-127.0,127.0) as i8) as u8).collect();o.write_all(&q).unwrap();
}
